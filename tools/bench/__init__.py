"""Measures speed as ratios to floors: what the same servers and the same machine need for the least possible work.

Seconds say as much about the machine as about the monitor; a ratio of two things done in turns says more.
"""
