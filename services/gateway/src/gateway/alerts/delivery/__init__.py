"""How alerts get to people and to their topic: each address takes them at its own pace."""
