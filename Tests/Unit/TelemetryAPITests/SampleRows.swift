/// A small set of rows that the tests of the API read.
enum SampleRows {
  /// Trace 1: gateway > chat (an inference) > db; 2: an error in chat; 3: slow, another model; 4: no root; tenant 2 has
  /// trace 1 too, and its own names.
  static let spans: [SpanRow] = [
    SpanRow(
      trace: 1, span: 11, name: "POST /v1/chat", offsetMilliseconds: 0, durationMilliseconds: 100,
      columns: [
        ("resource_id", "1"), ("scope_id", "9"), ("scope_name", "'http'"), ("scope_version", "'1.0'"),
        ("attributes", "map('http.route', '/v1/chat', 'http.status_code', '200', 'cached', 'true', 'ratio', '0.5')"),
        ("attribute_types", "[1, 3, 2, 4]"), ("details", #"'{"traceState":"a=b"}'"#), ("flags", "257"),
      ]),
    SpanRow(
      trace: 1, span: 12, parent: 11, name: "chat llama", service: "chat", offsetMilliseconds: 5,
      durationMilliseconds: 80, kind: 3, columns: inference(model: "llama-3", tokens: 100, gpu: "GPU-1")),
    SpanRow(
      trace: 1, span: 13, parent: 12, name: "SELECT", service: "db", offsetMilliseconds: 10, durationMilliseconds: 20,
      kind: 3),
    SpanRow(trace: 2, span: 21, name: "POST /v1/chat", offsetMilliseconds: 60_000, durationMilliseconds: 50),
    SpanRow(
      trace: 2, span: 22, parent: 21, name: "chat llama", service: "chat", offsetMilliseconds: 60_001,
      durationMilliseconds: 40, status: 2, kind: 3,
      columns: inference(model: "llama-3", tokens: 7, gpu: "GPU-2") + [("status_message", "'out of memory'")]),
    SpanRow(trace: 3, span: 31, name: "batch", offsetMilliseconds: 120_000, durationMilliseconds: 3_000, kind: 1),
    SpanRow(
      trace: 3, span: 32, parent: 31, name: "chat qwen", service: "chat", offsetMilliseconds: 120_100,
      durationMilliseconds: 2_500, kind: 3, columns: inference(model: "qwen", tokens: 900, gpu: "GPU-1")),
    SpanRow(
      trace: 4, span: 41, parent: 999, name: "orphan", service: "db", offsetMilliseconds: 180_000,
      durationMilliseconds: 1,
      columns: [
        ("attributes", "map('http.status_code', '200')"), ("attribute_types", "[1]"), ("session_id", "'s-1'"),
        ("user_id", "'u-1'"),
      ]),
    SpanRow(
      tenant: 2, trace: 1, span: 51, name: "hidden-operation", service: "hidden-service", offsetMilliseconds: 1_000,
      columns: [
        ("attributes", "map('hidden.key', 'hidden-value')"), ("attribute_types", "[1]"), ("resource_id", "2"),
        ("request_model", "'hidden-model'"), ("gpu_ids", "['hidden-gpu']"), ("session_id", "'s-1'"),
        ("user_id", "'u-1'"),
      ]),
  ]

  private static func inference(model: String, tokens: Int, gpu: String) -> [(String, String)] {
    [
      ("provider", "'vllm'"), ("operation", "'chat'"), ("request_model", "'\(model)'"),
      ("response_model", "'\(model)'"), ("input_tokens", "\(tokens)"), ("output_tokens", "\(tokens * 2)"),
      ("session_id", "'s-\(model)'"), ("user_id", "'u-\(tokens)'"), ("gpu_ids", "['\(gpu)']"),
      ("node_id", "'node-1'"), ("ttft_ns", "5000000"), ("finish_reason", "'stop'"),
      // provider, operation, both models, both token counts
      ("promoted", "63"),
    ]
  }

  static let others: [String] = [
    """
    INSERT INTO resources (tenant, resource_id, service_name, attributes, attribute_types, schema_url) VALUES
    (1, 1, 'gateway', map('service.name', 'gateway', 'host.name', 'h1', 'host.cpus', '8'), [1, 1, 3], 'https://s'),
    (2, 2, 'hidden-service', map('service.name', 'hidden-service', 'hidden.resource', 'hidden-value'), [1, 1], '')
    """,
    """
    INSERT INTO scopes (tenant, scope_id, name, version, attributes, attribute_types, schema_url) VALUES
    (1, 9, 'http', '1.0', map('team', 'a'), [1], '')
    """,
    """
    INSERT INTO logs (tenant, time, observed_time, severity_number, severity_text, body, body_type, trace_id, span_id,
      service_name, resource_id, attributes, attribute_types)
    SELECT if(number = 9, 2, 1), fromUnixTimestamp64Nano(toInt64(\(Harness.base) + intDiv(number, 2) * 1000000000), 'UTC'),
      fromUnixTimestamp64Nano(toInt64(\(Harness.base)), 'UTC'), 9 + 4 * (number % 3), 'S',
      if(number = 9, 'hidden-value', 'Line ' || toString(number)), 1, unhex('\(SpanRow.id(1))'), 12, 'chat', 1,
      map('n', toString(number)), [3]
    FROM numbers(10)
    """,
  ]

  static let all = spans.map(\.insert) + others
}
