"""Campaign files and mail templates: read strictly, checked, and made into definitions, shapes and values."""
