# Regenerates tests/reference/ordinal/*.json with R's ordinal; run from the folder tests/reference/make.
suppressMessages(library(ordinal)); library(jsonlite)
stamp <- list(version = paste0("R ", getRversion(), ", ordinal ", packageVersion("ordinal")), date = "2026-11-23")
write <- function(name, what, fun, arguments, expected, tolerance, command) {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.ordinal.", fun), data = list(raw = "wijn/wijn.csv"),
    arguments = arguments, expected = expected, tolerance = tolerance,
    source = c(list(kind = "R", citation = "Randall (1989), wine bitterness, ordinal::wine", command = command), stamp))
  write_json(truth, file.path("..", "ordinal", paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null")
}
w <- wine; z <- qnorm(.975)
effect_rows <- function(m, odds) { s <- coef(summary(m)); cuts <- grepl("|", rownames(s), fixed = TRUE)
  lapply(rownames(s), function(k) { e <- s[k, 1]; se <- s[k, 2]
    r <- list(term = switch(k, tempwarm = "temp: warm", contactyes = "contact: yes", k), part = if (grepl("|", k, fixed = TRUE)) "threshold" else "effect",
      estimate = e, std_error = se, conf_low = e - z * se, conf_high = e + z * se)
    if (r$part == "effect") { r$statistic <- s[k, 3]; r$p_value <- s[k, 4]
      if (odds) { r$effect <- exp(e); r$effect_low <- exp(e - z * se); r$effect_high <- exp(e + z * se) } }
    r }) }
fit_of <- function(m) list(loglik = as.numeric(logLik(m)), aic = AIC(m), n = 72)
for (link in c("logit", "probit", "cloglog")) { m <- clm(rating ~ temp + contact, data = w, link = link)
  nt <- suppressWarnings(nominal_test(m))
  po <- lapply(c("temp", "contact"), function(k) list(term = k, part = "proportional_odds", statistic = nt[k, "LRT"], df = nt[k, "Df"], p_value = nt[k, "Pr(>Chi)"]))
  write(paste0("cumulative_", link), paste("bitterness on temperature and contact,", link), "cumulative",
    list(outcome = "rating", predictors = c("temp", "contact"), link = link),
    list(table = c(effect_rows(m, link == "logit"), if (all(is.finite(nt[c("temp", "contact"), "LRT"]))) po), fit = fit_of(m), info = list(n_used = 72)),
    list(default = 1e-6), paste0("clm(rating ~ temp + contact, link = '", link, "'); nominal_test")) }
d <- as.data.frame(xtabs(~ temp + contact + rating, w)); d <- d[d$Freq > 0, ]
m <- clm(rating ~ temp + contact, data = d, weights = Freq); nt <- suppressWarnings(nominal_test(m))
po <- lapply(c("temp", "contact"), function(k) list(term = k, part = "proportional_odds", statistic = nt[k, "LRT"], df = nt[k, "Df"], p_value = nt[k, "Pr(>Chi)"]))
truth_data <- list(columns = list(temp = as.character(d$temp), contact = as.character(d$contact), rating = as.integer(as.character(d$rating)), often = d$Freq))
truth <- list(what = "the same from a frequency table with weights", `function` = "klantstudie.analyses.ordinal.cumulative", data = truth_data,
  arguments = list(outcome = "rating", predictors = c("temp", "contact"), weights = "often"),
  expected = list(table = c(effect_rows(m, TRUE), po), fit = fit_of(m), info = list(n_used = 72)), tolerance = list(default = 1e-6),
  source = c(list(kind = "R", citation = "Randall (1989), wine bitterness, ordinal::wine", command = "clm(rating ~ temp + contact, weights = Freq)"), stamp))
write_json(truth, "../ordinal/cumulative_weights.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
for (q in c(1, 7)) { m <- clmm(rating ~ temp + contact + (1 | judge), data = w, nAGQ = q, control = clmm.control(gradTol = 1e-6)); v <- m$ST$judge[1]^2
  v <- as.numeric(VarCorr(m)$judge)
  write(paste0("mixed_", q), paste("with a random intercept per judge, nAGQ =", q), "mixed",
    list(outcome = "rating", predictors = c("temp", "contact"), cluster = "judge", points = q),
    list(table = c(effect_rows(m, TRUE), list(list(term = "judge", part = "variance", estimate = v), list(term = "judge", part = "sd", estimate = sqrt(v)),
      list(term = "judge", part = "icc", estimate = v / (v + pi^2 / 3)))), fit = fit_of(m), info = list(n_used = 72, n_clusters = 9)),
    list(default = 1e-4, p_value = 1e-6, loglik = 1e-6, aic = 1e-6, effect = 1e-3, effect_low = 1e-3, effect_high = 1e-3), paste0("clmm(rating ~ temp + contact + (1 | judge), nAGQ = ", q, ")")) }
m <- clmm(rating ~ temp + contact + (1 | judge), data = w, link = "probit"); v <- as.numeric(VarCorr(m)$judge)
write("mixed_probit", "with a random intercept per judge, probit", "mixed", list(outcome = "rating", predictors = c("temp", "contact"), cluster = "judge", link = "probit"),
  list(table = c(effect_rows(m, FALSE), list(list(term = "judge", part = "variance", estimate = v), list(term = "judge", part = "icc", estimate = v / (v + 1)))), fit = fit_of(m)),
  list(default = 1e-4, p_value = 1e-6, loglik = 1e-6, aic = 1e-6), "clmm(rating ~ temp + contact + (1 | judge), link = 'probit')")
m <- clm(rating ~ temp + contact, data = w); new <- data.frame(temp = c("cold", "warm"), contact = c("no", "yes"))
p <- predict(m, newdata = new, se.fit = TRUE, interval = TRUE)
rows <- list(); for (i in 1:2) for (k in 1:5) rows[[length(rows) + 1]] <- list(term = paste0("temp = ", new$temp[i], ", contact = ", new$contact[i]), answer = as.character(k),
  estimate = p$fit[i, k], std_error = p$se.fit[i, k], conf_low = p$lwr[i, k], conf_high = p$upr[i, k])
write("probabilities", "predicted probabilities of two profiles", "probabilities", list(outcome = "rating", predictors = c("temp", "contact"),
  at = list(list(temp = "cold", contact = "no"), list(temp = "warm", contact = "yes"))), list(table = rows, info = list(n_used = 72)), list(default = 1e-6),
  "predict(clm, newdata, se.fit = TRUE, interval = TRUE)")
