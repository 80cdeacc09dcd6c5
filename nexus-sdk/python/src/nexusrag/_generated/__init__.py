"""Generated from docs/openapi.json by `make sdk-generate`: do not edit."""
