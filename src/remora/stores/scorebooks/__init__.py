"""Scorebooks as folders of Arrow files: written once, sealed by digest, never changed."""
