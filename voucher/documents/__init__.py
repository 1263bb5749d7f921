"""Settlement statements, certificates, notices: HTML to PDF, with their data inside."""
