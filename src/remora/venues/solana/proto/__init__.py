"""Yellowstone's messages, as far as Remora reads them. `geyser_pb2.py` is generated from `geyser.proto`: see its head."""
