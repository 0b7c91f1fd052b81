"""Bringing people in from a list: the file is taken, its columns are explained, each row's fate is shown, and only then
anything changes."""
