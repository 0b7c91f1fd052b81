"""One verb a module. Each use case owns its transaction; a function that takes an open connection works inside another's."""
