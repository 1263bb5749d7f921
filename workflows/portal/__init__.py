"""The portal: the HTML entry point, one file an audience."""
