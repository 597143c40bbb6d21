# Heads, the report cache and the limiter's leases. Nothing here is a book of record: it can be wiped
# and fills itself again. The database is the default one, which the functions open.

resource "google_firestore_database" "this" {
  project                           = var.project_id
  name                              = "(default)"
  location_id                       = var.location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.protected ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.protected ? "ABANDON" : "DELETE"
}

locals {
  exempt   = merge([for c, v in var.collections : { for f in v.fields : "${c}.${f}" => { collection = c, field = f } }]...)
  expiring = { for c, v in var.collections : "${c}.${v.expires}" => { collection = c, field = v.expires } if v.expires != null }
}

# A field that only rises would put every write at one end of its index: 500 a second. Values are too
# large to index.
resource "google_firestore_field" "exempt" {
  for_each   = local.exempt
  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field
  index_config {}
}

# Documents go within about a day of the time in this field; readers look at it themselves.
resource "google_firestore_field" "expiring" {
  for_each   = local.expiring
  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field
  index_config {}
  ttl_config {}
}
