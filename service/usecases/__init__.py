"""One verb a module. Each use case owns its transaction; what takes an open connection works inside another's."""
