"""Benchmarks. Each prints one JSON object: python -m bench idle --json"""
