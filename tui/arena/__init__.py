"""Judging: votes, and the ratings that they carry. Pure: no files, no clock; numpy only where ratings are computed."""
