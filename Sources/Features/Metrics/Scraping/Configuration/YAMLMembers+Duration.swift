import Configuration

extension YAMLMembers {
  mutating func duration(_ name: String) -> Duration? {
    read(name, "a duration of more than 0, such as 15s or 1m30s") { text in
      ScrapeDuration.duration(text).flatMap { $0 > .zero ? $0 : nil }
    }
  }
}
