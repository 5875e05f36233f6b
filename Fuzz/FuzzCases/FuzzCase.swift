/// The properties of one parser that every input must keep; the fuzzer and the unit tests run the same function.
package struct FuzzCase: Sendable {
  /// The directory of its findings below `Fuzz/FailCases`.
  package let area: String
  /// Traps when a property is broken.
  package let run: @Sendable ([UInt8]) -> Void

  /// Every fuzz case; the unit tests replay the findings of each.
  package static let all = [
    FuzzCase(area: "http1", run: HTTP1FuzzCase.run),
    FuzzCase(area: "grpc", run: GRPCFuzzCase.run),
    FuzzCase(area: "traceql", run: TraceQLFuzzCase.run),
    FuzzCase(area: "promql", run: PromQLFuzzCase.run),
    FuzzCase(area: "json", run: JSONFuzzCase.run),
    FuzzCase(area: "otlp", run: OTLPFuzzCase.protobuf),
    FuzzCase(area: "snappy", run: SnappyFuzzCase.run),
    FuzzCase(area: "remotewrite", run: RemoteWriteFuzzCase.run),
    FuzzCase(area: "exposition", run: ExpositionFuzzCase.run),
    FuzzCase(area: "samples", run: SampleFuzzCase.run),
    FuzzCase(area: "otlpmetrics", run: OTLPMetricsFuzzCase.protobuf),
    FuzzCase(area: "otlpmetricsjson", run: OTLPMetricsFuzzCase.json),
    FuzzCase(area: "pushedjson", run: SampleFuzzCase.pushed),
    FuzzCase(area: "scrapeconfig", run: ScrapeConfigurationFuzzCase.run),
    FuzzCase(area: "lineprotocol", run: LineProtocolFuzzCase.run),
    FuzzCase(area: "journal", run: JournalFuzzCase.run),
    FuzzCase(area: "spool", run: SpoolFuzzCase.run),
    FuzzCase(area: "otlpjson", run: OTLPFuzzCase.json),
    FuzzCase(area: "amdmetrics", run: AMDMetricsFuzzCase.run),
  ]
}
