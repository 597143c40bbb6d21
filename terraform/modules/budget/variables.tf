variable "billing_account" {
  type        = string
  description = "Id of the billing account, XXXXXX-XXXXXX-XXXXXX."
  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account is three groups of six hexadecimal digits."
  }
}

variable "environment" {
  type        = string
  description = "Name of the environment."
  validation {
    condition     = length(var.environment) > 0
    error_message = "The environment has a name."
  }
}

variable "project_number" {
  type        = string
  description = "Number of the project whose costs count."
  validation {
    condition     = length(var.project_number) > 0
    error_message = "The project's number is missing."
  }
}

variable "currency" {
  type        = string
  description = "The billing account's currency, ISO 4217."
  validation {
    condition     = can(regex("^[A-Z]{3}$", var.currency))
    error_message = "A currency has three capital letters."
  }
}

variable "units" {
  type        = number
  description = "What a month may cost, in whole units of the currency."
  validation {
    condition     = var.units >= 1 && var.units == floor(var.units)
    error_message = "A budget is a whole number of units, at least 1."
  }
}

variable "channels" {
  type        = list(string)
  description = "Notification channels of Cloud Monitoring that are told; five at most."
  validation {
    condition     = length(var.channels) <= 5
    error_message = "A budget tells five channels at most."
  }
}
