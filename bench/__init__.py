"""Benchmarks. Each prints one JSON object: python -m bench idle --json; docs/performance.md says what they compare."""
