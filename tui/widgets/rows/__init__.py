"""Views on long columns of rows, drawn line by line from cached strips."""
