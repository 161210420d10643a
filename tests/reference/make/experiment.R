# Makes the references of the experiment room from R. Run from this folder: Rscript experiment.R
suppressMessages({library(sandwich); library(survival); library(MASS); library(jsonlite)})
stamp <- list(version = paste0("R ", getRversion(), ", sandwich ", packageVersion("sandwich"), ", survival ", packageVersion("survival")), date = "2026-11-23")
write <- function(name, what, fun, csv, arguments, table, command, citation, fit = NULL, info = NULL, tolerance = list(default = 1e-8, p_value = 1e-6)) {
  expected <- list(table = table); if (!is.null(fit)) expected$fit <- fit; if (!is.null(info)) expected$info <- info
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.experiment.", fun), data = list(csv = paste0("data/", csv)),
    arguments = arguments, expected = expected, tolerance = tolerance,
    source = c(list(kind = "R", citation = citation, command = command), stamp))
  write_json(truth, file.path("..", "experiment", paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null")
}
save <- function(x, name) write.csv(x, file.path("..", "data", name), row.names = FALSE, quote = FALSE)

# factorial: wool (2) by tension (3), one row removed so that the cells differ in size
w <- warpbreaks[-c(1, 2, 20), ]; save(w, "warpbreaks.csv")
cells <- function(y, by, level) { m <- split(y, by); lapply(names(m), function(k) { t <- t.test(m[[k]], conf.level = level)
  list(term = k, part = "cell", n = length(m[[k]]), estimate = mean(m[[k]]), sd = sd(m[[k]]), std_error = t$stderr, conf_low = t$conf.int[1], conf_high = t$conf.int[2]) }) }
factorial <- function(name, robust, level) {
  w$tension <- factor(as.character(w$tension)); w$wool <- factor(as.character(w$wool)); H <- levels(w$tension)
  m <- lm(breaks ~ 0 + wool:tension, w); b <- coef(m); V <- if (robust == "hc3") vcovHC(m, "HC3") else vcov(m); q <- qt((1 + level) / 2, df.residual(m))
  at <- function(a, t) as.numeric(names(b) == paste0("wool", a, ":tension", t))
  e <- list(`wool|B|A` = (at("B", H[1]) + at("B", H[2]) + at("B", H[3]) - at("A", H[1]) - at("A", H[2]) - at("A", H[3])) / 3)
  for (k in 2:3) e[[paste0("tension|", H[k], "|", H[1])]] <- (at("A", H[k]) + at("B", H[k]) - at("A", H[1]) - at("B", H[1])) / 2
  for (k in 2:3) e[[paste0("wool × tension|B × ", H[k], "|A × ", H[1])]] <- at("B", H[k]) - at("A", H[k]) - at("B", H[1]) + at("A", H[1])
  effects <- lapply(names(e), function(k) { s <- strsplit(k, "|", fixed = TRUE)[[1]]; d <- sum(e[[k]] * b); se <- sqrt(drop(e[[k]] %*% V %*% e[[k]])); t <- d / se
    list(term = s[1], part = "effect", group = s[2], reference_group = s[3], estimate = d, std_error = se, conf_low = d - q * se, conf_high = d + q * se,
      statistic = t, df = df.residual(m), p_value = 2 * pt(-abs(t), df.residual(m)), effect = d / sigma(m)) })
  L <- list(wool = e[1], tension = e[2:3], `wool × tension` = e[4:5])
  # the usual sums of squares of type III come from sum-to-zero contrasts and drop1
  s <- lm(breaks ~ wool * tension, w, contrasts = list(wool = "contr.sum", tension = "contr.sum")); D <- drop1(s, ~ ., test = "F"); rss <- sum(residuals(s)^2)
  tests <- lapply(seq_along(L), function(i) { R <- do.call(rbind, L[[i]]); v <- R %*% b; f <- drop(t(v) %*% solve(R %*% V %*% t(R)) %*% v) / nrow(R)
    ss <- D[c("wool", "tension", "wool:tension")[i], "Sum of Sq"]
    list(term = names(L)[i], part = "test", n = nrow(w), statistic = f, df = nrow(R), df2 = df.residual(m), p_value = pf(f, nrow(R), df.residual(m), lower.tail = FALSE), effect = ss / (ss + rss)) })
  by <- paste0("wool: ", w$wool, ", tension: ", w$tension)
  write(name, paste("wool by tension, unequal cells,", robust), "factorial", "warpbreaks.csv", list(outcome = "breaks", factors = c("wool", "tension"), robust = robust, conf_level = level),
    c(cells(w$breaks, by, level), effects, tests), "lm(breaks ~ 0 + wool:tension); vcovHC(type = 'HC3') or vcov; contrasts by hand; drop1 with contr.sum for type III",
    "Tippett (1950), warpbreaks of R's datasets, rows 1, 2 and 20 removed", fit = list(r_squared = summary(s)$r.squared, n = nrow(w), n_cells = 6), info = list(n_used = nrow(w)))
}
factorial("factorial_hc3", "hc3", .95); factorial("factorial_classic", "classic", .9)

# planned contrasts of the three tensions
planned <- list(`high against low` = list(H = 1, L = -1), `low against the rest` = list(L = 1, M = -.5, H = -.5))
contrasts_of <- function(name, robust, adjust, level) {
  g <- factor(as.character(w$tension)); n <- tapply(w$breaks, g, length); v <- tapply(w$breaks, g, var); mu <- tapply(w$breaks, g, mean)
  m <- lm(breaks ~ 0 + g, data.frame(breaks = w$breaks, g = g))
  rows <- lapply(names(planned), function(k) { c <- setNames(rep(0, 3), levels(g)); c[names(planned[[k]])] <- unlist(planned[[k]]); d <- sum(c * mu)
    if (robust == "welch") { p <- c^2 * v / n; se <- sqrt(sum(p)); df <- sum(p)^2 / sum(p^2 / (n - 1)) }
    else { V <- if (robust == "hc3") vcovHC(m, "HC3") else vcov(m); se <- sqrt(drop(c %*% V %*% c)); df <- df.residual(m) }
    if (robust == "welch" && k == "high against low") { t <- t.test(w$breaks[g == "H"], w$breaks[g == "L"]); stopifnot(all.equal(unname(t$parameter), df), all.equal(t$stderr, se)) }
    t <- d / se; q <- qt((1 + level) / 2, df)
    list(term = k, n = sum(n[c != 0]), estimate = d, std_error = se, conf_low = d - q * se, conf_high = d + q * se, statistic = t, df = df, p_value = 2 * pt(-abs(t), df), effect = d / sigma(m)) })
  p <- p.adjust(sapply(rows, function(r) r$p_value), switch(adjust, fdr_bh = "BH", adjust)); for (i in seq_along(rows)) rows[[i]]$p_adjusted <- p[i]
  write(name, paste("two planned contrasts of the tensions,", robust, adjust), "contrasts", "warpbreaks.csv",
    list(outcome = "breaks", group = "tension", planned = planned, robust = robust, adjust = adjust, conf_level = level), rows,
    "tapply means and variances; Satterthwaite df (the simple one checked by t.test); lm(breaks ~ 0 + g) with vcovHC or vcov; p.adjust",
    "Tippett (1950), warpbreaks of R's datasets, rows 1, 2 and 20 removed", info = list(n_used = nrow(w)))
}
contrasts_of("contrasts_welch", "welch", "holm", .95); contrasts_of("contrasts_hc3", "hc3", "bonferroni", .9)
contrasts_of("contrasts_classic", "classic", "fdr_bh", .95); contrasts_of("contrasts_none", "welch", "none", .95)

# balance: standardised differences in the veterans' lung cancer trial, a randomised experiment
v <- veteran; v$celltype <- as.character(v$celltype); v$arm <- c("standard", "test")[v$trt]; save(v[, c("arm", "celltype", "time", "age", "karno")], "veteran.csv")
two <- function(x, a, b, share) { d <- mean(x[a]) - mean(x[b]); s <- if (share) function(y) mean(y) * (1 - mean(y)) else var; d / sqrt((s(x[a]) + s(x[b])) / 2) }
for (base in c("standard", "test")) { other <- setdiff(c("standard", "test"), base); a <- v$arm == other; b <- v$arm == base; bound <- if (base == "test") .2 else .1
  row <- function(term, x, share) { e <- two(x, a, b, share); list(term = term, group = other, reference_group = base, n = nrow(v), mean = mean(x[a]), estimate = e, threshold = bound, decision = if (abs(e) <= bound) "within_bound" else "beyond_bound") }
  write(paste0("balance_", base), paste("standardised differences from", base), "balance", "veteran.csv", list(covariates = c("age", "karno", "celltype"), group = "arm", reference_group = base, bound = bound),
    c(list(row("age", v$age, FALSE), row("karno", v$karno, FALSE)), lapply(sort(unique(v$celltype)), function(k) row(paste0("celltype: ", k), as.numeric(v$celltype == k), TRUE))),
    "difference of means over sqrt of the average variance; shares: p(1 - p)", "Kalbfleisch and Prentice (1980), survival::veteran", info = list(n_used = nrow(v))) }

# times: days until death or censoring, here only as positive times
d <- data.frame(time = v$time, arm = as.numeric(v$arm == "test"), karno = v$karno, cell = v$celltype)
times <- function(name, model, level) { f <- time ~ arm + karno + cell + arm:karno
  if (model == "log") { m <- lm(update(f, log(time) ~ .), d); V <- vcovHC(m, "HC3"); extra <- list(r_squared = summary(m)$r.squared) }
  else { m <- suppressWarnings(glm(f, Gamma("log"), d, control = glm.control(epsilon = 1e-300, maxit = 200))); V <- vcov(m); extra <- list(deviance = deviance(m), dispersion = summary(m)$dispersion) }
  df <- df.residual(m); q <- qt((1 + level) / 2, df)
  rows <- lapply(names(coef(m)), function(k) { b <- coef(m)[[k]]; se <- sqrt(V[k, k]); t <- b / se
    list(term = switch(k, `(Intercept)` = "intercept", arm = "arm: test", `arm:karno` = "arm: test × karno", sub("^cell", "celltype: ", k)), estimate = b, std_error = se,
      conf_low = b - q * se, conf_high = b + q * se, statistic = t, df = df, p_value = 2 * pt(-abs(t), df), effect = exp(b), effect_low = exp(b - q * se), effect_high = exp(b + q * se)) })
  write(name, paste("times on arm, condition, cell type and arm by condition,", model), "times", "veteran.csv",
    list(outcome = "time", predictors = c("arm", "karno", "celltype"), interactions = list(c("arm", "karno")), model = model, conf_level = level), rows,
    if (model == "log") "lm(log(time) ~ ...); vcovHC(type = 'HC3')" else "glm(family = Gamma('log')); vcov", "Kalbfleisch and Prentice (1980), survival::veteran",
    fit = c(extra, list(n = nrow(d))), info = list(n_used = nrow(d))) }
times("times_log", "log", .95); times("times_gamma", "gamma", .9)

# choice: 50 people choose four times among three offers
set.seed(7); n <- 50 * 4 * 3; o <- data.frame(person = rep(1:50, each = 12), set = rep(1:200, each = 3), specialist = rbinom(n, 1, .5), hours = sample(1:4, n, TRUE), price = sample(c(0, 5, 10, 15), n, TRUE))
u <- .9 * o$specialist + .25 * o$hours - .1 * o$price + rep(rnorm(50, 0, .8), each = 12) * o$specialist - log(-log(runif(n)))
o$chosen <- as.numeric(ave(u, o$set, FUN = max) == u); save(o, "offers.csv")
choice <- function(name, level, cluster, draws) {
  m <- if (cluster) clogit(chosen ~ specialist + hours + price + strata(set) + cluster(person), o, method = "efron", control = coxph.control(eps = 1e-14, iter.max = 50))
    else clogit(chosen ~ specialist + hours + price + strata(set), o, control = coxph.control(eps = 1e-14, iter.max = 50))
  b <- coef(m); V <- vcov(m); z <- qnorm((1 + level) / 2)
  rows <- lapply(1:3, function(k) { se <- sqrt(V[k, k]); t <- b[[k]] / se; list(term = names(b)[k], part = "utility", estimate = b[[k]], std_error = se, conf_low = b[[k]] - z * se, conf_high = b[[k]] + z * se,
    statistic = t, p_value = 2 * pnorm(-abs(t)), effect = exp(b[[k]]), effect_low = exp(b[[k]] - z * se), effect_high = exp(b[[k]] + z * se)) })
  pay <- lapply(1:2, function(k) { g <- c(0, 0, b[[k]] / b[[3]]^2); g[k] <- -1 / b[[3]]; se <- sqrt(drop(g %*% V %*% g)); e <- -b[[k]] / b[[3]]
    list(term = names(b)[k], part = "pay", estimate = e, std_error = se, conf_low = e - z * se, conf_high = e + z * se) })
  fit <- list(loglik = m$loglik[2], pseudo_r_squared = 1 - m$loglik[2] / m$loglik[1], n = 200)
  write(name, "choice among three offers", "choice", "offers.csv", c(list(chosen = "chosen", attributes = c("specialist", "hours"), choice_set = "set", price = "price", conf_level = level), if (cluster) list(cluster = "person")),
    c(rows, pay), "survival::clogit(strata(set)), with cluster(person) where clustered; delta method by hand", "survival::clogit on 200 choices made by R with seed 7", fit = fit, info = list(n_used = 200),
    tolerance = list(default = 1e-6, p_value = 1e-6))
  if (draws) { set.seed(1); x <- mvrnorm(2e6, b, V); s <- apply(-x[, 1:2] / x[, 3], 2, quantile, c((1 - level) / 2, (1 + level) / 2))
    kr <- lapply(1:2, function(k) list(term = names(b)[k], part = "pay_drawn", estimate = -b[[k]] / b[[3]], conf_low = s[1, k], conf_high = s[2, k]))
    write(paste0(name, "_drawn"), "willingness to pay by draws", "choice", "offers.csv", list(chosen = "chosen", attributes = c("specialist", "hours"), choice_set = "set", price = "price", conf_level = level, n_draws = 400000),
      kr, "MASS::mvrnorm, two million draws; quantile", "survival::clogit on 200 choices made by R with seed 7", tolerance = list(default = 1e-6, conf_low = .01, conf_high = .01)) }
}
choice("choice", .95, FALSE, TRUE); choice("choice_cluster", .9, TRUE, FALSE)
