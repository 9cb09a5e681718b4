"""Carriers: what each of them says, in its own format, in; tracking in our words, out."""
