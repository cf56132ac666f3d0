# Mi Points en español (España), de tú. Palabras del programa: punto, cupón, pedido, saldo, caducar, Fuel, Cuenta Mi.
# Títulos, explicaciones y líneas van sin punto final; avisos, motivos y errores son frases.
# Los importes «un millón de puntos» piden su propia forma: [many].

points =
    { $points ->
        [one] { $points } punto
        [many] { $points } de puntos
       *[other] { $points } puntos
    }
of-activity =
    { $activity ->
        [none] { "" }
       *[other] : { $activity }
    }
offer-title = Cupón de { SHORT($value) }

## Reglas, como reglas y como invitaciones

rule-REGISTRATION = Alta en Mi Points
rule-APP_LOGIN = Primer inicio de sesión en la app
rule-PURCHASE = Compra
rule-SHARE = Compartir un producto
rule-REVIEW = Opinión sobre un producto
rule-FUEL = Fuel
rule-FUEL_STREAK = Racha de Fuel
rule-CAMPAIGN = Campaña
rule-ADJUSTMENT = Ajuste de nuestro equipo

opportunity-REGISTRATION = Únete a Mi Points y consigue { points }
opportunity-APP_LOGIN = Inicia sesión en la app Mi Store y consigue { points }
opportunity-PURCHASE =
    Compra en mi.com y consigue { points } por cada { $currency ->
        [EUR] euro entero
        [GBP] libra entera
        [none] unidad entera de tu moneda
       *[other] { $currency } entero
    }
opportunity-SHARE = Comparte un producto y consigue { points }
opportunity-REVIEW = Opina sobre un producto y consigue { points }
opportunity-FUEL = Pulsa Fuel hoy y consigue { points }
opportunity-FUEL_STREAK = Completa tu racha de Fuel y consigue { points } más
opportunity-CAMPAIGN = Participa en la campaña y consigue { points }

## Lo que hizo un miembro

activity-REGISTRATION = Alta en Mi Points
activity-APP_LOGIN = Inicio de sesión en la app Mi Store
activity-PURCHASE = Pedido { $reference }
activity-SHARE = { $sku } compartido en { $network }
activity-REVIEW = Opinión sobre { $sku }
activity-FUEL = Fuel del { $day }
activity-CUSTOM = Actividad { $code }
activity-ADJUSTMENT = Ajuste de nuestro equipo

## Líneas del extracto

entry-EARN = Ganados{ of-activity }
entry-EARN-PENDING = Pendientes{ of-activity }
entry-POST = Abonados{ of-activity }
entry-CLAWBACK = Retirados{ of-activity }
entry-DEBT = Puntos que debes{ of-activity }
entry-DEBT_REPAID = Deuda de puntos saldada{ of-activity }
entry-REDEEM =
    { $value ->
        [none] Cupón
       *[other] Cupón de { $value }
    }
entry-RESTORE = Puntos devueltos{ of-activity }
entry-RESERVE = Puntos reservados para un pedido{ of-activity }
entry-RELEASE = Puntos reservados liberados{ of-activity }
entry-CAPTURE = Puntos usados en un pedido{ of-activity }
entry-EXPIRE = Puntos caducados{ of-activity }
entry-ADJUST = Ajuste de nuestro equipo
entry-FORFEIT = Puntos perdidos al cerrar la cuenta
entry-FORFEIT-DEBT = Puntos debidos cancelados al cerrar la cuenta

## Avisos

notice-POSTED = Hemos abonado { points } en tu cuenta{ of-activity }.
notice-CLAWED_BACK = Hemos retirado { points } de tu cuenta{ of-activity }.
notice-RESTORED = Te hemos devuelto { points }{ of-activity }.
notice-EXPIRING = Es hora de usar { points }: tu último día es el { $last_usable }.
notice-EXPIRED =
    { $points ->
        [one] Ha caducado { points }.
       *[other] Han caducado { points }.
    }
notice-COUPON_EXPIRING = Tu cupón de { $value } te espera: el último día para usarlo es el { $last_usable }.
notice-ADJUSTED = Nuestro equipo ha ajustado tu saldo: { points }.

## Por qué una recompensa tiene sus puntos

explain-REGISTRATION = { points } por unirte a Mi Points, una vez por Cuenta Mi
explain-APP_LOGIN = { points } por tu primer inicio de sesión en la app Mi Store
explain-PURCHASE =
    { $units } { $currency ->
        [EUR] { $units ->
            [one] euro entero
            [many] de euros enteros
           *[other] euros enteros
        }
        [GBP] { $units ->
            [one] libra entera
            [many] de libras enteras
           *[other] libras enteras
        }
       *[other] { $currency } { $units ->
            [one] entero
           *[other] enteros
        }
    } de { AMOUNT($net) } netos{ explain-coupon }{ explain-points-discount }{ explain-excluded }
explain-coupon =
    { $coupon ->
        [none] { "" }
       *[other] { " " }tras un cupón de { AMOUNT($coupon) }
    }
explain-points-discount =
    { $points_discount ->
        [none] { "" }
       *[other] { $coupon ->
            [none] { " " }tras { AMOUNT($points_discount) } pagados con puntos
           *[other] { " " }y { AMOUNT($points_discount) } pagados con puntos
        }
    }
explain-excluded =
    { $excluded ->
        [none] { "" }
       *[other] , sin { AMOUNT($excluded) } de productos excluidos
    }
explain-SHARE =
    { points } por compartir un producto{ $limit ->
        [none] { "" }
       *[other] , { $number } de { $limit } en { MONTH($month) }
    }
explain-REVIEW = { points } por tu opinión sobre { $sku }
explain-FUEL = { points } por el Fuel del { $day }
explain-FUEL_STREAK = { points } más por { $days } días seguidos de Fuel, hasta el { $day }
explain-CUSTOM = { points } por la actividad { $code }
explain-CAMPAIGN_BONUS = { points } de la campaña «{ $campaign }»
explain-CAMPAIGN_MULTIPLIER =
    { points } de la campaña «{ $campaign }»: tus { $base } { $base ->
        [one] punto cuenta
       *[other] puntos cuentan
    } { $multiplier } veces
explain-CAMPAIGN_PER_UNIT = { points } de la campaña «{ $campaign }»: { $units } × { $each } de { $net } netos
explain-ADJUSTMENT = Ajuste de nuestro equipo: { points }

## Formas de pagar un pedido

checkout-NONE = A pagar: { $to_pay }, sin puntos{ checkout-expiring }
checkout-POINTS = { $points_discount } menos con { points }; a pagar: { $to_pay }{ checkout-expiring }
checkout-COUPON = { $coupon } menos con tu cupón{ checkout-ends }; a pagar: { $to_pay }{ checkout-expiring }
checkout-OFFER = { $coupon } menos con un cupón del catálogo (precio en puntos: { $price }); a pagar: { $to_pay }{ checkout-expiring }
checkout-COUPON_AND_POINTS = { $coupon } menos con tu cupón{ checkout-ends } y { $points_discount } menos con { points }; a pagar: { $to_pay }{ checkout-expiring }
checkout-OFFER_AND_POINTS = { $coupon } menos con un cupón del catálogo (precio en puntos: { $price }) y { $points_discount } menos con { points }; a pagar: { $to_pay }{ checkout-expiring }
checkout-ends =
    { $coupon_ends ->
        [none] { "" }
       *[other] { " " }(se puede usar hasta el { $coupon_ends })
    }
checkout-expiring =
    { $expiring ->
        [none] { "" }
        [one] ; { $expiring } punto caduca el { $expires }
        [many] ; { $expiring } de puntos caducan el { $expires }
       *[other] ; { $expiring } puntos caducan el { $expires }
    }

## Por qué nada, o por qué menos

reason-LIMIT_REACHED =
    { $period ->
        [LIFETIME] { $limit ->
            [one] Esto da puntos solo una vez por Cuenta Mi
           *[other] Esto da puntos solo { $limit } veces por Cuenta Mi
        }
        [PRODUCT] { $limit ->
            [one] Esto da puntos solo una vez por producto
           *[other] Esto da puntos solo { $limit } veces por producto
        }
        [MONTH] { $limit ->
            [one] Esto da puntos solo una vez por mes natural
           *[other] Esto da puntos solo { $limit } veces por mes natural
        }
        [DAY] { $limit ->
            [one] Esto da puntos solo una vez al día
           *[other] Esto da puntos solo { $limit } veces al día
        }
       *[other] Se ha alcanzado el límite de esta actividad
    }{ reopens }
reopens =
    { $resets ->
        [none] .
       *[other] ; vuelve a ser posible a partir del { $resets }.
    }
reason-BELOW_ONE_UNIT =
    { $net } no llega a { $currency ->
        [EUR] un euro entero
        [GBP] una libra entera
       *[other] 1 { $currency } entero
    }, así que no da puntos.
reason-EXCLUDED = Estos productos no dan puntos.
reason-ACCOUNT_SUSPENDED = Una cuenta suspendida no gana puntos.
reason-NO_RULE = Esta actividad no da puntos.
reason-CAMPAIGN_LIMIT = Ya has recibido lo que la campaña da a cada miembro{ reopens }
reason-BUDGET_EXHAUSTED = La campaña ya ha repartido todos sus puntos.
reason-REVIEW_REJECTED =
    { $note ->
        [none] La opinión no cumple las normas de publicación.
       *[other] La opinión no cumple las normas de publicación: «{ $note }».
    }
reason-REVIEW_PENDING = Estamos revisando la opinión; sus puntos llegan con la aprobación.
reason-RETURNED = Se han devuelto productos del pedido.
reason-REVIEW_DELETED =
    { $note ->
        [none] La opinión se ha eliminado.
       *[other] La opinión se ha eliminado: «{ $note }».
    }
reason-SHARE_DELETED = La publicación compartida se ha eliminado.
reason-ORDER_CANCELLED = El pedido se ha cancelado.
reason-REINSTATED = Se había retirado por error: «{ $note }».
reason-ADJUSTED =
    { $note ->
        [none] Ajuste de nuestro equipo.
       *[other] Ajuste de nuestro equipo: «{ $note }».
    }
reason-NEEDS_APPROVAL =
    { $note ->
        [none] Un ajuste de nuestro equipo espera la aprobación de un compañero.
       *[other] Un ajuste de nuestro equipo espera la aprobación de un compañero: «{ $note }».
    }
reason-COUPON_CANCELLED = Nuestro equipo ha anulado el cupón: «{ $note }».

## Negativas

error-NOT_ENROLLED = Todavía no te has unido a Mi Points.
error-ALREADY_ENROLLED = Esta Cuenta Mi ya forma parte de Mi Points.
error-MARKET_NOT_SERVED = Mi Points aún no está disponible en este mercado ({ $market }).
error-UNDER_AGE = Puedes unirte a Mi Points a partir de los { $minimum_age } años.
error-ACCOUNT_SUSPENDED = Tu cuenta de Mi Points está suspendida. Ponte en contacto con atención al cliente.
error-ACCOUNT_CLOSED = Esta cuenta de Mi Points está cerrada.
error-TERMS_NOT_ACCEPTED = Acepta las condiciones actuales de Mi Points (versión { $terms_version }).
error-INSUFFICIENT_POINTS =
    No tienes puntos suficientes: necesitas { $required }, tienes { $available } y te { $missing ->
        [one] falta
       *[other] faltan
    } { $missing }.
error-BELOW_MINIMUM = Para usar puntos en un pedido, el saldo mínimo es de { $minimum }; el tuyo es de { $posted }.
error-LIMIT_REACHED =
    { $limit ->
        [one] Esto solo se puede hacer una vez
       *[other] Esto solo se puede hacer { $limit } veces
    }{ reopens }
error-OUT_OF_STOCK = Esta oferta está agotada.
error-OFFER_NOT_OPEN = Esta oferta no está abierta en este momento.
error-OFFER_SUSPENDED = Esta oferta está suspendida en este momento.
error-NO_ELIGIBLE_LINES = Ningún producto de este pedido cumple los requisitos.
error-ABOVE_MAXIMUM_SHARE = Demasiados puntos para este pedido: el máximo es { $maximum }.
error-COUPON_NOT_FOUND = No encontramos este cupón. Comprueba el código.
error-COUPON_NOT_USABLE = Este cupón ya se ha usado o no se puede usar ahora.
error-COUPON_EXPIRED = Este cupón ha caducado.
error-BELOW_MINIMUM_ORDER = Este cupón requiere un pedido de al menos { $minimum } en productos que cumplan los requisitos.
error-RESERVATION_NOT_HELD = Estos puntos ya no están reservados.
error-CAPTURE_SHORTFALL = Puntos de esta reserva que ya no están disponibles: { $missing }.
error-IDEMPOTENCY_KEY_REUSED = Esta clave de idempotencia ya se usó en otra solicitud.
error-CURRENCY_NOT_OF_MARKET = En este mercado se usa { $expected }, no { $given }.
error-UNKNOWN_ACTIVITY = En este mercado no hay ninguna actividad { $code } en ese momento.
error-PERSON_ALREADY_ENROLLED = Esta persona ya participa en Mi Points con otra Cuenta Mi.
error-FORFEIT_MISMATCH = Al cerrar la cuenta pierdes { points }. Confirma exactamente esta cifra.
error-TAP_TOO_OLD = Una pulsación de Fuel se puede registrar hasta { $hours } h más tarde.
error-PRICE_CHANGED = El precio en puntos es ahora { $price }, no { $expected }.
error-CAMPAIGN_EXISTS = Ya existe una campaña llamada { $slug }.
error-ALREADY_DECIDED =
    { $decision ->
        [APPROVED] Esto ya se ha aprobado.
        [REJECTED] Esto ya se ha rechazado.
       *[other] Esto ya se ha decidido.
    }
error-RETURN_EXCEEDS_ORDER = La devolución contiene más de lo que queda del pedido.
error-NEEDS_APPROVAL = Un ajuste por encima del límite en puntos ({ $limit }) necesita la aprobación de otra persona del equipo.
error-NOT_FOUND =
    { $what ->
        [MEMBER] No encontramos a este miembro.
        [OFFER] No encontramos esta oferta.
        [COUPON] No encontramos este cupón.
        [ACTIVITY] No encontramos esta actividad.
        [ORDER] No encontramos este pedido.
        [REVIEW] No encontramos esta opinión.
        [SHARE] No encontramos esta publicación.
        [RESERVATION] No encontramos esta reserva.
        [CAMPAIGN] No encontramos esta campaña.
       *[other] No encontramos lo que buscas.
    }
error-CONDITION_INVALID =
    La condición no es válida: { $problem ->
        [TOO_LONG] tiene más de 2000 caracteres.
        [TOO_DEEP] tiene demasiados niveles.
        [TOO_COSTLY] se tarda demasiado en evaluarla.
        [NOT_BOOL] debe ser verdadera o falsa.
        [NOT_A_TEXT] no es un texto.
       *[other] «{ $problem }».
    }
error-INVALID_INPUT =
    { $problem ->
        [EMPTY] Este dato no puede estar vacío.
        [TOO_LONG] Este dato es demasiado largo{ at-most }.
        [TOO_SHORT] Este dato es demasiado corto{ at-least }.
        [CONTROL_CHARACTERS] Este dato contiene caracteres no permitidos.
        [OUT_OF_RANGE] Este valor está fuera de rango{ bounds }.
        [TOO_MANY_DECIMALS] Este importe tiene demasiados decimales.
        [NOT_MONEY] Esto no es un importe.
        [IN_FUTURE] Esta fecha está en el futuro.
        [IN_PAST] Esta fecha está en el pasado.
        [TOO_EARLY] Es demasiado pronto.
        [DUPLICATE_LINE] No se pueden distinguir dos líneas del pedido; da a cada una su propio lineId.
        [MALFORMED_URL] Esto no es una dirección web completa.
        [MALFORMED_NETWORK] La red debe ser una sola palabra en minúsculas.
        [MALFORMED] Este dato no tiene la forma esperada.
        [UNKNOWN_ID] Nada tiene este identificador.
        [OTHER_POINTS] Estos puntos no son los que el pedido indica o tiene reservados.
        [ALREADY_RECORDED] Este pedido ya está registrado o pagado con puntos.
        [OTHER_MEMBER] Esto pertenece a otro miembro.
        [OTHER_MARKET] Esta cuenta pertenece a otro mercado.
        [ONE_OF] Indica exactamente uno de estos datos.
        [TOO_MANY] Son demasiados elementos{ at-most }.
        [NOT_A_POST] Solo se puede restablecer una opinión o una publicación compartida.
        [EXCEEDS_ORDER] Es más que el importe del pedido.
        [CLOCK_BACK] El reloj nunca va hacia atrás.
        [TWICE] Aquí aparece dos veces lo mismo.
        [NOT_OF_TRIGGER] Esto no corresponde a lo que premia la campaña.
        [NO_TRIGGER] Una campaña no puede premiar esto.
        [DOCUMENT] El documento no es correcto{ at-place }.
       *[other] Este valor no es válido.
    }
at-place =
    { $place ->
        [none] { "" }
       *[other] { ": " }{ $place }{ $detail ->
            [none] { "" }
           *[other] { ": " }{ $detail }
        }
    }
at-most =
    { $maximum ->
        [none] { "" }
       *[other] { " " }(máximo { $maximum })
    }
at-least =
    { $minimum ->
        [none] { "" }
       *[other] { " " }(mínimo { $minimum })
    }
bounds =
    { $minimum ->
        [none] { at-most }
       *[other] { $maximum ->
            [none] { at-least }
           *[other] { " " }(de { $minimum } a { $maximum })
        }
    }
