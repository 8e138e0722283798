"""The demo clips: synthetic speech that comes with the package."""
