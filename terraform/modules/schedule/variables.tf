variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "region" {
  type        = string
  description = "Region of the job."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "function" {
  type = object({
    name           = string
    description    = string
    schedule       = string
    timeoutSeconds = number
  })
  description = "The function's entry in functions/catalogue.yaml; its schedule is cron text in UTC."
  validation {
    condition     = length(split(" ", var.function.schedule)) == 5
    error_message = "Cron text has five fields."
  }
}

variable "period_seconds" {
  type        = number
  description = "Seconds from one sweep to the next."
  validation {
    condition     = var.period_seconds >= 60
    error_message = "Cloud Scheduler calls once a minute at most."
  }
}

variable "url" {
  type        = string
  description = "Where the function is called; it is the audience of the tokens as well."
  validation {
    condition     = startswith(var.url, "https://")
    error_message = "A function is called by https."
  }
}

variable "caller_email" {
  type        = string
  description = "Address of the service account that calls this function and no other."
  validation {
    condition     = length(var.caller_email) > 0
    error_message = "The caller is missing."
  }
}
