"""What the page asks of the server, beside the public service."""
