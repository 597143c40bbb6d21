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

variable "collections" {
  type        = map(object({ fields = list(string), expires = optional(string) }))
  description = "Collections, each with the fields that have no index, and the one by which its documents expire (TTL), which has none either; without it they stay."
  validation {
    condition     = alltrue([for v in values(var.collections) : length(v.fields) > 0 && !contains(v.fields, coalesce(v.expires, "-"))])
    error_message = "A collection has fields, and that by which its documents expire is named once."
  }
}
