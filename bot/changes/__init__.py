"""What a submission is made of: pure functions over the flow of a version."""
