"""What the model says of each day. Candidates, features and scoring belong in `models/`."""
