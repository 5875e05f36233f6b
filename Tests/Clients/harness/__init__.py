"""What the tests of client libraries share: the providers' stand-in, the tap and the comparison."""
