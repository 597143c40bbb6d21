# The Firestore collections that the code keeps, with every field of their documents. Nothing is ever
# asked by a field, so none has an index: most rise, and would hold a collection to 500 writes a second. A
# map's exemption is that of all in it. A test reads both lists out of the code (go test
# ./scripts/checks/terraform).

locals {
  collections = {
    heads         = { fields = ["changedAt"] }
    cache_heads   = { fields = ["at"] }
    cache_marks   = { fields = ["watermark", "floor"] }
    cache_entries = { fields = ["payload", "zipped", "stamp", "through"], expires = "expireAt" }
    limits        = { fields = ["newest", "taken"], expires = "expireAt" }
  }
}
