# The Firestore collections that the code keeps, and how. A test compares these names with the code.

locals {
  # Fields that only rise would hold a collection to 500 writes a second; values are not asked by.
  exempt_fields = [
    { collection = "heads", field = "changedAt" },
    { collection = "cache_heads", field = "at" },
    { collection = "cache_marks", field = "watermark" },
    { collection = "cache_marks", field = "floor" },
    { collection = "cache_entries", field = "stamp" },
    { collection = "cache_entries", field = "through" },
    { collection = "cache_entries", field = "payload" },
    { collection = "limits", field = "newest" },
    { collection = "limits", field = "taken" },
  ]
  expiring_fields = [
    { collection = "cache_entries", field = "expireAt" },
    { collection = "limits", field = "expireAt" },
  ]
}
