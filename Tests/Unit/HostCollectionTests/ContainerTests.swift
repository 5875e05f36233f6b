import Collection
import Testing

@testable import HostCollection

struct ContainerTests {
  @Test func `a container of version 2 has its use and its limits`() throws {
    let fixture = try HostFixture()
    let group = "sys/fs/cgroup/system.slice/axonize.service"
    try fixture.write("proc/self/cgroup", "0::/system.slice/axonize.service\n")
    try fixture.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
    try fixture.write(
      "\(group)/cpu.stat", "usage_usec 3000000\nuser_usec 2000000\nnr_throttled 4\nthrottled_usec 500000\n")
    try fixture.write("\(group)/cpu.max", "150000 100000\n")
    try fixture.write("\(group)/memory.current", "1000\n")
    try fixture.write("\(group)/memory.max", "max\n")
    try fixture.write("\(group)/memory.stat", "anon 600\nfile 300\ninactive_file 100\n")
    try fixture.write("\(group)/memory.events", "low 0\noom 1\noom_kill 2\n")
    try fixture.write("\(group)/pids.current", "12\n")
    try fixture.write("\(group)/pids.max", "4915\n")
    let collected = Collected(of: [ContainerCollector(fixture.roots, HostFileBuffer())])
    let id = "{id=\"/system.slice/axonize.service\"}"
    #expect(
      collected.lines == [
        "container_cpu_cfs_throttled_periods_total\(id) 4", "container_cpu_cfs_throttled_seconds_total\(id) 0.5",
        "container_cpu_usage_seconds_total\(id) 3", "container_cpu_user_seconds_total\(id) 2",
        "container_memory_cache\(id) 300", "container_memory_rss\(id) 600", "container_memory_usage_bytes\(id) 1000",
        "container_memory_working_set_bytes\(id) 900", "container_oom_events_total\(id) 2",
        "container_spec_cpu_period\(id) 100000", "container_spec_cpu_quota\(id) 150000",
        "container_spec_memory_limit_bytes\(id) 0", "container_threads\(id) 12", "container_threads_max\(id) 4915",
      ])
    #expect(collected.problems == [])
  }

  @Test func `in a namespace of its own the group is at the root`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/self/cgroup", "0::/../elsewhere\n")
    try fixture.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
    try fixture.write("sys/fs/cgroup/memory.current", "1\n")
    let collected = Collected(of: [ContainerCollector(fixture.roots, HostFileBuffer())])
    #expect(collected.lines.contains("container_memory_usage_bytes{id=\"/../elsewhere\"} 1"))
  }

  @Test func `a container of version 1 has its use and its limits`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/self/cgroup", "4:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n0::/\n")
    let root = "sys/fs/cgroup"
    try fixture.write("\(root)/memory/docker/a/memory.usage_in_bytes", "1000\n")
    try fixture.write("\(root)/memory/docker/a/memory.limit_in_bytes", "9223372036854771712\n")
    try fixture.write("\(root)/memory/docker/a/memory.stat", "total_rss 5\ntotal_inactive_file 2000\n")
    try fixture.write("\(root)/cpuacct/docker/a/cpuacct.usage", "1500000000\n")
    try fixture.write("\(root)/cpu/cpu.cfs_quota_us", "-1\n")
    try fixture.write("\(root)/cpu/cpu.cfs_period_us", "100000\n")
    let collected = Collected(of: [ContainerCollector(fixture.roots, HostFileBuffer())])
    let id = "{id=\"/docker/a\"}"
    #expect(
      collected.lines == [
        "container_cpu_usage_seconds_total\(id) 1.5", "container_memory_rss\(id) 5",
        "container_memory_usage_bytes\(id) 1000", "container_memory_working_set_bytes\(id) 0",
        "container_spec_cpu_period\(id) 100000", "container_spec_memory_limit_bytes\(id) 0",
      ])
  }

  @Test(arguments: [
    ("0::/\n", true, "the process is in the root group, which has no limits"),
    ("0::/\n", false, "no control group of the process is found there"),
    ("garbage", false, "no control group of the process is found there"),
  ])
  func `without a group it says why`(text: String, isVersion2: Bool, reason: String) throws {
    let fixture = try HostFixture()
    try fixture.write("proc/self/cgroup", text)
    if isVersion2 { try fixture.write("sys/fs/cgroup/cgroup.controllers", "") }
    let collected = Collected(of: [ContainerCollector(fixture.roots, HostFileBuffer())])
    #expect(collected.problems.first?.hasSuffix(": \(reason)") ?? false)
  }
}
