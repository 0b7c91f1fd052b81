"""Seeded schedules of faults, played against a real worker process and judged by what a provider outside it took on."""
