"""Floor 2, small exact mathematics that several rooms share."""
