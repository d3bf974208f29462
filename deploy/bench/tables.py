"""Reads what deploy/bench.sh measured, lines of `measurement connections rate p50 failures`, each measurement's rounds in
order, and prints Markdown tables. Every figure is the median of the rounds, a ratio the median of the rounds' ratios."""

import collections
import statistics
import sys

rates = collections.defaultdict(list)
latencies = collections.defaultdict(list)
failures = 0
for line in sys.stdin:
    name, connections, rate, p50, failed = line.split()
    rates[name, int(connections)].append(float(rate))
    latencies[name, int(connections)].append(float(p50) / 1000)
    failures += int(failed)


def rate(name, connections):
    values = rates[name, connections]
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def p50(name, connections):
    return f"{statistics.median(latencies[name, connections]):,.2f} ms"


def ratio(name, baseline, connections):
    pairs = zip(rates[name, connections], rates[baseline, connections])
    return f"**{statistics.median(ours / theirs for ours, theirs in pairs):.2f}**"


def table(name, baseline, titles, others=()):
    columns = ["connections", f"{titles[0]} ÷ {titles[1]}", f"{titles[0]}/s", f"{titles[1]}/s", "median latency"]
    for _, title in others:
        columns += [f"{title} ÷ {titles[1]}", f"{title}/s"]
    print("|", " | ".join(columns), "|")
    print("|", " | ".join("--:" for _ in columns), "|")
    for connections in sorted({count for measured, count in rates if measured == name}):
        cells = [str(connections), ratio(name, baseline, connections), rate(name, connections)]
        cells += [rate(baseline, connections), p50(name, connections)]
        for other, _ in others:
            cells += [ratio(other, baseline, connections), rate(other, connections)]
        print("|", " | ".join(cells), "|")
    print()


table("healthz", "nginx", ("/healthz", "nginx"))
table("postgresql", "pgbench", ("jobs on PostgreSQL", "pgbench"), [("sqlite", "jobs on SQLite")])
if failures:
    print(f"{failures} requests failed: the figures are not to be trusted.")
    sys.exit(1)
