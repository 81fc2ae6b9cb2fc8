/**
 * The protocol files that reflection hands out, in the part of the proto language that they need: one line a field,
 * `name = number type`, `repeated`, `optional` and `map<K,V>` as in proto3, `|name` behind a field for its oneof.
 * From crossplane's proto/fn/v1/run_function.proto and protobuf's own; v1beta1 is the same text under its package.
 */
export const RUN_FUNCTION = `
message RunFunctionRequest
  meta = 1 .RequestMeta
  observed = 2 .State
  desired = 3 .State
  input = 4 optional google.protobuf.Struct
  context = 5 optional google.protobuf.Struct
  extra_resources = 6 map .Resources
  credentials = 7 map .Credentials
  required_resources = 8 map .Resources
  required_schemas = 9 map .Schema
message Credentials
  credential_data = 1 .CredentialData |source
message CredentialData
  data = 1 map bytes
message Resources
  items = 1 repeated .Resource
message Schema
  openapi_v3 = 1 optional google.protobuf.Struct
message RunFunctionResponse
  meta = 1 .ResponseMeta
  desired = 2 .State
  results = 3 repeated .Result
  context = 4 optional google.protobuf.Struct
  requirements = 5 .Requirements
  conditions = 6 repeated .Condition
  output = 7 optional google.protobuf.Struct
message RequestMeta
  tag = 1 string
  capabilities = 2 repeated .Capability
message Requirements
  extra_resources = 1 map .ResourceSelector
  resources = 2 map .ResourceSelector
  schemas = 3 map .SchemaSelector
message SchemaSelector
  api_version = 1 string
  kind = 2 string
message ResourceSelector
  api_version = 1 string
  kind = 2 string
  match_name = 3 string |match
  match_labels = 4 .MatchLabels |match
  namespace = 5 optional string
message MatchLabels
  labels = 1 map string
message ResponseMeta
  tag = 1 string
  ttl = 2 optional google.protobuf.Duration
message State
  composite = 1 .Resource
  resources = 2 map .Resource
message Resource
  resource = 1 google.protobuf.Struct
  connection_details = 2 map bytes
  ready = 3 .Ready
message Result
  severity = 1 .Severity
  message = 2 string
  reason = 3 optional string
  target = 4 optional .Target
message Condition
  type = 1 string
  status = 2 .Status
  reason = 3 string
  message = 4 optional string
  target = 5 optional .Target
enum Capability UNSPECIFIED CAPABILITIES REQUIRED_RESOURCES CREDENTIALS CONDITIONS REQUIRED_SCHEMAS
enum Ready UNSPECIFIED TRUE FALSE
enum Severity UNSPECIFIED FATAL WARNING NORMAL
enum Target UNSPECIFIED COMPOSITE COMPOSITE_AND_CLAIM
enum Status CONDITION_UNSPECIFIED CONDITION_UNKNOWN CONDITION_TRUE CONDITION_FALSE
service FunctionRunnerService RunFunction .RunFunctionRequest .RunFunctionResponse
`;

export const STRUCT = `
message Struct
  fields = 1 map .Value
message Value
  null_value = 1 .NullValue |kind
  number_value = 2 double |kind
  string_value = 3 string |kind
  bool_value = 4 bool |kind
  struct_value = 5 .Struct |kind
  list_value = 6 .ListValue |kind
message ListValue
  values = 1 repeated .Value
enum NullValue NULL_VALUE
`;

export const DURATION = `
message Duration
  seconds = 1 int64
  nanos = 2 int32
`;

export const HEALTH = `
message HealthCheckRequest
  service = 1 string
message HealthCheckResponse
  status = 1 .ServingStatus
enum ServingStatus UNKNOWN SERVING NOT_SERVING SERVICE_UNKNOWN
service Health Check .HealthCheckRequest .HealthCheckResponse
`;
