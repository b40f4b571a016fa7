"""The live page; what is where, its README says."""
