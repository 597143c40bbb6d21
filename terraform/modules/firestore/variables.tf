variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "location" {
  type        = string
  description = "Location of the database: a region, or a multi-region such as eur3 or nam5. It cannot be changed."
  validation {
    condition     = can(regex("^([a-z]+-[a-z]+[0-9]+|eur3|nam5|nam7)$", var.location))
    error_message = "A location is a region, eur3, nam5 or nam7."
  }
}

variable "protected" {
  type        = bool
  description = "Whether the database refuses to be deleted."
}

variable "exempt_fields" {
  type        = set(object({ collection = string, field = string }))
  description = "Fields without an index: those that only rise, and those that hold a value."
  validation {
    condition     = alltrue([for f in var.exempt_fields : f.collection != "" && f.field != ""])
    error_message = "A field has a collection and a name."
  }
}

variable "expiring_fields" {
  type        = set(object({ collection = string, field = string }))
  description = "Fields that say when their documents go (TTL); they have no index either."
  validation {
    condition     = length(var.expiring_fields) == length(toset([for f in var.expiring_fields : f.collection]))
    error_message = "A collection has one field at most that its documents expire by."
  }
}
