"""The sentences of the summary, one file for what each section is about."""
