"""The past studied: calibration on known truth, the price of a fake. Stores and venues are handed in."""
