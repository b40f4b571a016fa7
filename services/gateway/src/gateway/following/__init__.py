"""Follows the topics, and hands what is in them to listeners."""
