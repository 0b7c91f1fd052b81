"""The reports: tables of people by what they did, each number with the people behind it."""
