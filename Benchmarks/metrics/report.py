"""The table of the measurements."""

ROWS = [
    ("samples stored a second, sender on the same cores", "full_rate", "samples_per_second", "{:,.0f}", "≥ 300,000"),
    ("CPU of a sample at full rate, merges included, µs", "full_rate", "cpu_us_per_sample_with_merges", "{:.2f}", ""),
    ("CPU at rest, % of a core", "low_rates", "idle_cpu_percent", "{:.2f}", ""),
    ("CPU at 100 series × 10 Hz, % of a core", "low_rates", "cpu_percent_100_series_10_hz", "{:.2f}", "≤ 2"),
    ("CPU at 1,000 series × 1 Hz, % of a core", "low_rates", "cpu_percent_1000_series_1_hz", "{:.2f}", "≤ 2"),
    ("memory of 100,000 active series, MB", "active_series", "added_mb", "{:.0f}", "≤ 300"),
    ("bytes of a sample, 1 s for a day", "host_day.stored", "bytes_per_sample", "{:.2f}", "≤ 1.5"),
    ("bytes of a sample, 15 s for a day", "scrape_day.stored", "bytes_per_sample", "{:.2f}", "≤ 2.7"),
    (
        "CPU of a sample of that day, merges included, µs",
        "scrape_day.stored",
        "cpu_us_per_sample_with_merges",
        "{:.2f}",
        "",
    ),
    ("sum of rates, 1,000 series, 24 h, CPU ms", "scrape_day.day", "cpu_ms", "{:.0f}", "≤ Prometheus"),
    ("the same, p50 ms", "scrape_day.day", "p50_ms", "{:.0f}", ""),
    ("sum of rates, 1,000 series, 1 h, CPU ms", "scrape_day.hour", "cpu_ms", "{:.1f}", "≤ Prometheus"),
    ("the same, p50 ms", "scrape_day.hour", "p50_ms", "{:.1f}", ""),
    ("instant, 2,000 series, CPU ms", "scrape_day.instant", "cpu_ms", "{:.1f}", "≤ 3 × Prometheus"),
    ("the same, p50 ms", "scrape_day.instant", "p50_ms", "{:.1f}", ""),
    ("history of a host's metric, 1 s, 24 h, CPU ms", "host_day.history", "cpu_ms", "{:.1f}", ""),
    ("the same, p95 ms", "host_day.history", "p95_ms", "{:.1f}", "≤ 100"),
]


def table(results: dict, names: list[str]) -> str:
    """The results as Markdown, beside what is to be reached."""
    lines = [f"| measure | {' | '.join(names)} | to reach |", f"|---|{'---|' * len(names)}---|"]
    for title, path, member, form, wanted in ROWS:
        found = results
        for key in path.split("."):
            found = found.get(key, {})
        if found:
            cells = " | ".join(form.format(found[name][member]) for name in names)
            lines.append(f"| {title} | {cells} | {wanted} |")
    return "\n".join(lines)
