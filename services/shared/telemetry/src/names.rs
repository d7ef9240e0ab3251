//! Every attribute and metric name in one place (OpenTelemetry semantic conventions v1.44; `swiftline.*` are our own).

/// The case number; on every span that concerns one case.
pub const CASE_NUMBER: &str = "swiftline.case.number";
/// The case numbers of a batch (string array).
pub const CASE_NUMBERS: &str = "swiftline.case.numbers";
/// Which attempt at a delivery or call this is, from 1.
pub const ATTEMPT: &str = "swiftline.attempt";
/// Digest of the rule set in force.
pub const RULES_DIGEST: &str = "swiftline.rules.digest";
/// True where the rules of a canary decided.
pub const RULES_CANARY: &str = "swiftline.rules.canary";
/// Stable id of the winning rule.
pub const RULE_ID: &str = "swiftline.rule.id";
/// Version of the classifier's model.
pub const MODEL_VERSION: &str = "swiftline.model.version";
/// Id of the receiving unit.
pub const UNIT_ID: &str = "swiftline.unit.id";
/// Id of the team.
pub const TEAM_ID: &str = "swiftline.team.id";
/// Category code of the complaint.
pub const CATEGORY: &str = "swiftline.category";
/// How sure the classifier is of the category, 0 to 1.
pub const CONFIDENCE: &str = "swiftline.confidence";
/// Language of the complaint, ISO 639.
pub const LANGUAGE: &str = "swiftline.language";
/// Id of the area that the complaint is about; empty when it is not known.
pub const AREA_ID: &str = "swiftline.area.id";
/// Urgency of the complaint, as the classifier or a person says.
pub const URGENCY: &str = "swiftline.urgency";
/// Lane of the team's queue.
pub const LANE: &str = "swiftline.lane";
/// Teams that were asked before this one.
pub const HOPS: &str = "swiftline.hops";
/// How the team was chosen.
pub const TEAM_CHOICE: &str = "swiftline.team.choice";
/// True where no team of the unit had all that was wished for (place, skills, language).
pub const WISH_DROPPED: &str = "swiftline.team.wish_dropped";
/// Id of the entry of the knowledge base that answered.
pub const KNOWLEDGE_ENTRY: &str = "swiftline.knowledge.entry";
/// Why a person must decide.
pub const TRIAGE_REASON: &str = "swiftline.triage.reason";
/// Number of the offer, the fencing token.
pub const OFFER: &str = "swiftline.offer.no";
/// What was done to the case: its events' names, separated by commas.
pub const EVENTS: &str = "swiftline.events";

/// RPC system; always [`GRPC`].
pub const RPC_SYSTEM_NAME: &str = "rpc.system.name";
/// Fully qualified `package.Service/Method`.
pub const RPC_METHOD: &str = "rpc.method";
/// gRPC status as its name, e.g. `"OK"`.
pub const RPC_STATUS_CODE: &str = "rpc.status_code";
/// Host of the server, as the client addresses it.
pub const SERVER_ADDRESS: &str = "server.address";
/// Port of the server.
pub const SERVER_PORT: &str = "server.port";
/// Low-cardinality class of what went wrong; absent on success.
pub const ERROR_TYPE: &str = "error.type";

/// Messaging system; always [`REDIS`].
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// What was done, in our words.
pub const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
/// What was done, in the convention's words: create, send, receive, process, settle.
pub const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
/// Log or queue, in full.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";
/// Low-cardinality form of the destination, e.g. `team.{team_id}`.
pub const MESSAGING_DESTINATION_TEMPLATE: &str = "messaging.destination.template";
/// Id of the message in its log or queue.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// What ties messages together: the case number.
pub const MESSAGING_CONVERSATION_ID: &str = "messaging.message.conversation_id";
/// Number of messages in a batch operation.
pub const MESSAGING_BATCH_COUNT: &str = "messaging.batch.message_count";
/// Consumer group that reads.
pub const MESSAGING_CONSUMER_GROUP: &str = "messaging.consumer.group.name";

/// Database system; [`REDIS`].
pub const DB_SYSTEM_NAME: &str = "db.system.name";
/// Database command, e.g. `XADD`.
pub const DB_OPERATION_NAME: &str = "db.operation.name";

/// Value of [`MESSAGING_DESTINATION_TEMPLATE`] for the case log, whose partitions are `{p00}:log`, `{p01}:log`, ….
pub const CASE_LOG: &str = "{pNN}:log";

/// Value of [`RPC_SYSTEM_NAME`].
pub const GRPC: &str = "grpc";
/// Value of [`MESSAGING_SYSTEM`] and [`DB_SYSTEM_NAME`].
pub const REDIS: &str = "redis";

/// Metric names as `prometheus-client` wants them: without the `_total` that it adds to counters, unit included.
pub mod metric {
    /// Histogram, seconds: calls answered.
    pub const RPC_SERVER_CALL_DURATION: &str = "rpc_server_call_duration_seconds";
    /// Histogram, seconds: calls made, one observation an attempt.
    pub const RPC_CLIENT_CALL_DURATION: &str = "rpc_client_call_duration_seconds";
    /// Counter: sampled spans that ended.
    pub const SPANS_ENDED: &str = "swiftline_spans_ended";
    /// Counter: spans that the receiver took.
    pub const SPANS_EXPORTED: &str = "swiftline_spans_exported";
    /// Counter: spans lost to a full queue, a failed export or the end of the process.
    pub const SPANS_DROPPED: &str = "swiftline_spans_dropped";
    /// Counter, seconds: CPU time of the process, user and system.
    pub const PROCESS_CPU: &str = "process_cpu_seconds";
    /// Gauge, bytes: resident memory of the process.
    pub const PROCESS_MEMORY: &str = "process_resident_memory_bytes";
    /// Gauge, seconds: time since the process installed its telemetry.
    pub const PROCESS_UPTIME: &str = "process_uptime_seconds";
    /// Histogram, seconds: one messaging operation.
    pub const MESSAGING_OPERATION_DURATION: &str = "messaging_client_operation_duration_seconds";
    /// Histogram, seconds: processing one message.
    pub const MESSAGING_PROCESS_DURATION: &str = "messaging_process_duration_seconds";
    /// Counter: messages sent.
    pub const MESSAGING_SENT: &str = "messaging_client_sent_messages";
    /// Counter: messages received.
    pub const MESSAGING_CONSUMED: &str = "messaging_client_consumed_messages";
}
