"""The OpenAPI document, made from what the operations declare."""
