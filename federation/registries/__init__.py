"""What other registries contribute: pages of their catalogues, addresses that they list, and copies that they keep."""
