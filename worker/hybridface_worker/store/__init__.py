"""Object stores: one interface, a folder and MinIO behind it. No numpy, no media library: the operator uses it too."""
