// The bench's work as a function on function-sdk-go: the objects of test/bench/blueprint.ts, written as its users do.
package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/crossplane/function-sdk-go"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/crossplane/function-sdk-go/resource/composed"
	"github.com/crossplane/function-sdk-go/response"
)

type fn struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

func environment(i int) []any {
	env := make([]any, 8)
	for n := range env {
		env[n] = map[string]any{"name": fmt.Sprintf("SETTING_%d", n), "value": fmt.Sprintf("value-%d-%d", n, i)}
	}
	return env
}

func object(i int, replicas int64, note string) map[string]any {
	name := fmt.Sprintf("app-%d", i)
	labels := map[string]any{"app.kubernetes.io/component": name}
	meta := map[string]any{"name": "bench-" + name, "namespace": "team", "labels": map[string]any{
		"app.kubernetes.io/name": "bench", "app.kubernetes.io/instance": "bench", "app.kubernetes.io/managed-by": "crossplane",
		"openova.io/blueprint": "bp-bench", "openova.io/blueprint-version": "1.0.0",
	}}
	switch i % 3 {
	case 1:
		return map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": map[string]any{
			"selector": labels, "ports": []any{map[string]any{"port": int64(80), "targetPort": int64(8080)}}}}
	case 2:
		data := map[string]any{"note": note}
		for _, e := range environment(i) {
			data[e.(map[string]any)["name"].(string)] = e.(map[string]any)["value"]
		}
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
	}
	return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": map[string]any{
		"replicas": replicas,
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec": map[string]any{"containers": []any{map[string]any{
				"name": "main", "image": "registry.example.org/team/app:1.2.3",
				"ports": []any{map[string]any{"containerPort": int64(8080)}}, "env": environment(i)}}},
		},
	}}
}

// RunFunction composes as many objects as the Blueprint's name ends with: bench-30.
func (f *fn) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := response.To(req, response.DefaultTTL)
	xr, err := request.GetObservedCompositeResource(req)
	if err != nil {
		response.Fatal(rsp, err)
		return rsp, nil
	}
	blueprint := req.GetInput().GetFields()["blueprint"].GetStringValue()
	count, err := strconv.Atoi(blueprint[strings.LastIndex(blueprint, "-")+1:])
	if err != nil {
		response.Fatal(rsp, err)
		return rsp, nil
	}
	replicas, _ := xr.Resource.GetInteger("spec.config.replicas")
	note, _ := xr.Resource.GetString("spec.config.note")
	desired := map[resource.Name]*resource.DesiredComposed{}
	for i := range count {
		cd := composed.New()
		cd.Object = object(i, replicas, note)
		desired[resource.Name(fmt.Sprintf("app-%d", i))] = &resource.DesiredComposed{Resource: cd, Ready: resource.ReadyTrue}
	}
	if err := response.SetDesiredComposedResources(rsp, desired); err != nil {
		response.Fatal(rsp, err)
	}
	return rsp, nil
}

type cli struct {
	Address     string `default:"127.0.0.1:0"`
	TLSCertsDir string `name:"tls-certs-dir"`
	Insecure    bool
}

func (c *cli) Run() error {
	return function.Serve(&fn{}, function.Listen("tcp", c.Address), function.MTLSCertificates(c.TLSCertsDir),
		function.Insecure(c.Insecure), function.MaxRecvMessageSize(64<<20))
}

func main() {
	logging.NewNopLogger()
	ctx := kong.Parse(&cli{})
	ctx.FatalIfErrorf(ctx.Run())
}
