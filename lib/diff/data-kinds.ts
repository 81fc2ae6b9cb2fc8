import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_GROUP } from '../model/names.ts';
import { groupKind } from './composed.ts';

/** What is lost when an object of a kind is deleted. */
const HELD: ReadonlyMap<string, string> = new Map([
  ['/PersistentVolumeClaim', 'its volume and all that is on it'],
  ['/PersistentVolume', 'the volume, if its reclaim policy is Delete'],
  ['/Namespace', 'everything in it'],
  ['apps/StatefulSet', 'its pods, and their volumes if they are not retained'],
  ['postgresql.cnpg.io/Cluster', 'the database and its volumes'],
  ['postgresql.cnpg.io/Database', 'the database, if its reclaim policy is delete'],
  ['apiextensions.k8s.io/CustomResourceDefinition', 'every object of that kind in the cluster'],
  ['helm.toolkit.fluxcd.io/HelmRelease', 'the release: all that its chart installed'],
  ['kustomize.toolkit.fluxcd.io/Kustomization', 'what it applied, if it prunes'],
  ['kafka.strimzi.io/Kafka', 'the brokers and their topics'],
  ['kafka.strimzi.io/KafkaTopic', 'the topic and its messages'],
  ['snapshot.storage.k8s.io/VolumeSnapshot', 'the snapshot'],
  ['velero.io/BackupStorageLocation', 'the way to the backups'],
]);

/** What goes with an object when it is deleted; undefined for kinds that hold nothing. */
export function heldBy(object: JsonObject): string | undefined {
  const key = groupKind(object);
  if (key.startsWith(`${COMPOSE_GROUP}/`)) return 'the whole installation under it';
  return HELD.get(key);
}
