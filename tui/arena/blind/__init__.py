"""Blind judging: the assignment, what is hidden until the vote, and masked names."""
