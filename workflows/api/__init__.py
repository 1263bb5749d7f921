"""The JSON entry point, one file a noun, under /api/v1, with its OpenAPI description."""

from workflows.api.description import register

__all__ = ["register"]
