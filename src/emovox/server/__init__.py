"""The HTTP and WebSocket service, and the page."""
