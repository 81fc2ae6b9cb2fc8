"""The bench's work as a function on crossplane-function-sdk-python: the objects of test/bench/blueprint.ts.

Run: python main.py HOST:PORT [CERTIFICATES]
"""

import sys

import grpc
from crossplane.function import resource, response, runtime
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1

LARGE = 64 * 1024 * 1024  # 500 objects are more than gRPC's 4 MiB both ways


def environment(i: int) -> list[dict]:
    return [{"name": f"SETTING_{n}", "value": f"value-{i}-{n}"} for n in range(8)]


def composed(i: int, replicas: int, note: str) -> dict:
    name = f"app-{i}"
    labels = {"app.kubernetes.io/component": name}
    metadata = {
        "name": f"bench-{name}",
        "namespace": "team",
        "labels": {
            "app.kubernetes.io/name": "bench",
            "app.kubernetes.io/instance": "bench",
            "app.kubernetes.io/managed-by": "crossplane",
            "openova.io/blueprint": "bp-bench",
            "openova.io/blueprint-version": "1.0.0",
        },
    }
    if i % 3 == 1:
        spec = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    if i % 3 == 2:  # noqa: PLR2004
        data = {e["name"]: e["value"] for e in environment(i)} | {"note": note}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    container = {
        "name": "main",
        "image": "registry.example.org/team/app:1.2.3",
        "ports": [{"containerPort": 8080}],
        "env": environment(i),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


class Runner(grpcv1.FunctionRunnerService):
    """Composes as many objects as the Blueprint's name ends with: bench-30."""

    async def RunFunction(  # noqa: N802
        self, req: fnv1.RunFunctionRequest, _: grpc.aio.ServicerContext
    ) -> fnv1.RunFunctionResponse:
        rsp = response.to(req)
        count = int(req.input["blueprint"].rsplit("-", 1)[1])
        config = req.observed.composite.resource["spec"]["config"]
        replicas = int(config["replicas"])
        note = config["note"] if "note" in config else ""
        for i in range(count):
            desired = rsp.desired.resources[f"app-{i}"]
            resource.update(desired, composed(i, replicas, note))
            desired.ready = fnv1.READY_TRUE
        return rsp


if __name__ == "__main__":
    address, *directory = sys.argv[1:]
    runtime.serve(
        Runner(),
        address,
        creds=runtime.load_credentials(directory[0] if directory else None),
        insecure=not directory,
        options=[("grpc.max_receive_message_length", LARGE), ("grpc.max_send_message_length", LARGE)],
    )
