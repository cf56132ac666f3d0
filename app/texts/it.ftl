# Mi Points in italiano (Italia), con il tu. Parole del programma: punto, buono sconto, ordine, saldo, scadere, Fuel, Account Mi.
# Titoli, spiegazioni e righe senza punto finale; avvisi, motivi ed errori sono frasi.
# Nessun articolo davanti alle date («il 7», ma «l’8»). «Un milione di punti» ha la sua forma, [many].

points =
    { $points ->
        [one] { $points } punto
        [many] { $points } di punti
       *[other] { $points } punti
    }
of-activity =
    { $activity ->
        [none] { "" }
       *[other] : { $activity }
    }
offer-title = Buono sconto da { SHORT($value) }

## Regole, come regole e come inviti

rule-REGISTRATION = Iscrizione a Mi Points
rule-APP_LOGIN = Primo accesso all’app
rule-PURCHASE = Acquisto
rule-SHARE = Condivisione di un prodotto
rule-REVIEW = Recensione di un prodotto
rule-FUEL = Fuel
rule-FUEL_STREAK = Serie Fuel
rule-CAMPAIGN = Campagna
rule-ADJUSTMENT = Rettifica del nostro team

opportunity-REGISTRATION = Iscriviti a Mi Points e ricevi { points }
opportunity-APP_LOGIN = Accedi all’app Mi Store e ricevi { points }
opportunity-PURCHASE =
    Acquista su mi.com e ricevi { points } per ogni { $currency ->
        [EUR] euro intero
        [GBP] sterlina intera
        [none] unità intera della tua valuta
       *[other] { $currency } intero
    }
opportunity-SHARE = Condividi un prodotto e ricevi { points }
opportunity-REVIEW = Recensisci un prodotto e ricevi { points }
opportunity-FUEL = Tocca Fuel oggi e ricevi { points }
opportunity-FUEL_STREAK = Completa la tua serie Fuel e ricevi { points } in più
opportunity-CAMPAIGN = Partecipa alla campagna e ricevi { points }

## Che cosa ha fatto un membro

activity-REGISTRATION = Iscrizione a Mi Points
activity-APP_LOGIN = Accesso all’app Mi Store
activity-PURCHASE = Ordine { $reference }
activity-SHARE = { $sku } condiviso su { $network }
activity-REVIEW = Recensione di { $sku }
activity-FUEL = Fuel, { $day }
activity-CUSTOM = Attività { $code }
activity-ADJUSTMENT = Rettifica del nostro team

## Righe dell’estratto

entry-EARN = Guadagnati{ of-activity }
entry-EARN-PENDING = In attesa{ of-activity }
entry-POST = Accreditati{ of-activity }
entry-CLAWBACK = Ritirati{ of-activity }
entry-DEBT = Punti dovuti{ of-activity }
entry-DEBT_REPAID = Punti dovuti restituiti{ of-activity }
entry-REDEEM =
    { $value ->
        [none] Buono sconto
       *[other] Buono sconto da { $value }
    }
entry-RESTORE = Punti riaccreditati{ of-activity }
entry-RESERVE = Punti riservati per un ordine{ of-activity }
entry-RELEASE = Punti riservati di nuovo liberi{ of-activity }
entry-CAPTURE = Punti usati per un ordine{ of-activity }
entry-EXPIRE = Punti scaduti{ of-activity }
entry-ADJUST = Rettifica del nostro team
entry-FORFEIT = Punti persi alla chiusura dell’account
entry-FORFEIT-DEBT = Punti dovuti azzerati alla chiusura dell’account

## Avvisi

notice-POSTED = Abbiamo accreditato { points } sul tuo account{ of-activity }.
notice-CLAWED_BACK = Abbiamo ritirato { points } dal tuo account{ of-activity }.
notice-RESTORED = Ti abbiamo riaccreditato { points }{ of-activity }.
notice-EXPIRING = È il momento di usare { points }: ultimo giorno utile { $last_usable }.
notice-EXPIRED =
    { $points ->
        [one] È scaduto { points }.
       *[other] Sono scaduti { points }.
    }
notice-COUPON_EXPIRING = Il tuo buono sconto da { $value } ti aspetta: ultimo giorno utile { $last_usable }.
notice-ADJUSTED = Il nostro team ha rettificato il tuo saldo: { points }.

## Perché un premio ha i suoi punti

explain-REGISTRATION = { points } per la tua iscrizione a Mi Points, una sola volta per Account Mi
explain-APP_LOGIN = { points } per il tuo primo accesso all’app Mi Store
explain-PURCHASE =
    { $units } { $currency ->
        [EUR] { $units ->
            [one] euro intero
            [many] di euro interi
           *[other] euro interi
        }
        [GBP] { $units ->
            [one] sterlina intera
            [many] di sterline intere
           *[other] sterline intere
        }
       *[other] { $currency } { $units ->
            [one] intero
           *[other] interi
        }
    } su { AMOUNT($net) } netti{ explain-coupon }{ explain-points-discount }{ explain-excluded }
explain-coupon =
    { $coupon ->
        [none] { "" }
       *[other] { " " }dopo un buono sconto da { AMOUNT($coupon) }
    }
explain-points-discount =
    { $points_discount ->
        [none] { "" }
       *[other] { $coupon ->
            [none] { " " }dopo { AMOUNT($points_discount) } pagati con i punti
           *[other] { " " }e { AMOUNT($points_discount) } pagati con i punti
        }
    }
explain-excluded =
    { $excluded ->
        [none] { "" }
       *[other] , senza { AMOUNT($excluded) } di prodotti esclusi
    }
explain-SHARE =
    { points } per la condivisione di un prodotto{ $limit ->
        [none] { "" }
       *[other] , { $number } di { $limit } nel mese di { MONTH($month) }
    }
explain-REVIEW = { points } per la tua recensione di { $sku }
explain-FUEL = { points } per Fuel, { $day }
explain-FUEL_STREAK = { points } in più per { $days } giorni di Fuel di fila, ultimo giorno { $day }
explain-CUSTOM = { points } per l’attività { $code }
explain-CAMPAIGN_BONUS = { points } dalla campagna «{ $campaign }»
explain-CAMPAIGN_MULTIPLIER =
    { points } dalla campagna «{ $campaign }»: i tuoi { $base } { $base ->
        [one] punto conta
       *[other] punti contano
    } { $multiplier } volte
explain-CAMPAIGN_PER_UNIT = { points } dalla campagna «{ $campaign }»: { $units } × { $each } di { $net } netti
explain-ADJUSTMENT = Rettifica del nostro team: { points }

## Modi di pagare un ordine

checkout-NONE = Da pagare: { $to_pay }, senza punti{ checkout-expiring }
checkout-POINTS = { $points_discount } in meno con { points }; da pagare: { $to_pay }{ checkout-expiring }
checkout-COUPON = { $coupon } in meno con il tuo buono sconto{ checkout-ends }; da pagare: { $to_pay }{ checkout-expiring }
checkout-OFFER = { $coupon } in meno con un buono sconto del catalogo (prezzo in punti: { $price }); da pagare: { $to_pay }{ checkout-expiring }
checkout-COUPON_AND_POINTS = { $coupon } in meno con il tuo buono sconto{ checkout-ends } e { $points_discount } in meno con { points }; da pagare: { $to_pay }{ checkout-expiring }
checkout-OFFER_AND_POINTS = { $coupon } in meno con un buono sconto del catalogo (prezzo in punti: { $price }) e { $points_discount } in meno con { points }; da pagare: { $to_pay }{ checkout-expiring }
checkout-ends =
    { $coupon_ends ->
        [none] { "" }
       *[other] { " " }(ultimo giorno utile { $coupon_ends })
    }
checkout-expiring =
    { $expiring ->
        [none] { "" }
        [one] ; { $expiring } punto sta per scadere (ultimo giorno utile { $expires })
        [many] ; { $expiring } di punti stanno per scadere (ultimo giorno utile { $expires })
       *[other] ; { $expiring } punti stanno per scadere (ultimo giorno utile { $expires })
    }

## Perché niente, o perché meno

reason-LIMIT_REACHED =
    { $period ->
        [LIFETIME] { $limit ->
            [one] Questo dà punti solo una volta per Account Mi
           *[other] Questo dà punti solo { $limit } volte per Account Mi
        }
        [PRODUCT] { $limit ->
            [one] Questo dà punti solo una volta per prodotto
           *[other] Questo dà punti solo { $limit } volte per prodotto
        }
        [MONTH] { $limit ->
            [one] Questo dà punti solo una volta per mese di calendario
           *[other] Questo dà punti solo { $limit } volte per mese di calendario
        }
        [DAY] { $limit ->
            [one] Questo dà punti solo una volta al giorno
           *[other] Questo dà punti solo { $limit } volte al giorno
        }
       *[other] Il limite di questa attività è raggiunto
    }{ reopens }
reopens =
    { $resets ->
        [none] .
       *[other] ; prossima possibilità: { $resets }.
    }
reason-BELOW_ONE_UNIT =
    { $net } è meno di { $currency ->
        [EUR] un euro intero
        [GBP] una sterlina intera
       *[other] 1 { $currency } intero
    }, quindi non dà punti.
reason-EXCLUDED = Questi prodotti non danno punti.
reason-ACCOUNT_SUSPENDED = Un account sospeso non guadagna punti.
reason-NO_RULE = Questa attività non dà punti.
reason-CAMPAIGN_LIMIT = Hai già ricevuto ciò che la campagna dà a ogni membro{ reopens }
reason-BUDGET_EXHAUSTED = La campagna ha distribuito tutti i suoi punti.
reason-REVIEW_REJECTED =
    { $note ->
        [none] La recensione non rispetta le condizioni per le recensioni.
       *[other] La recensione non rispetta le condizioni per le recensioni: «{ $note }».
    }
reason-REVIEW_PENDING = Stiamo verificando la recensione; i punti arrivano con l’approvazione.
reason-RETURNED = Alcuni prodotti dell’ordine sono stati restituiti.
reason-REVIEW_DELETED =
    { $note ->
        [none] La recensione è stata eliminata.
       *[other] La recensione è stata eliminata: «{ $note }».
    }
reason-SHARE_DELETED = Il post condiviso è stato eliminato.
reason-ORDER_CANCELLED = L’ordine è stato annullato.
reason-REINSTATED = Era stato tolto per errore: «{ $note }».
reason-ADJUSTED =
    { $note ->
        [none] Rettifica del nostro team.
       *[other] Rettifica del nostro team: «{ $note }».
    }
reason-NEEDS_APPROVAL =
    { $note ->
        [none] Una rettifica del nostro team attende l’approvazione di un collega.
       *[other] Una rettifica del nostro team attende l’approvazione di un collega: «{ $note }».
    }
reason-COUPON_CANCELLED = Il nostro team ha annullato il buono sconto: «{ $note }».

## Rifiuti

error-NOT_ENROLLED = Non ti sei ancora iscritto a Mi Points.
error-ALREADY_ENROLLED = Questo Account Mi partecipa già a Mi Points.
error-MARKET_NOT_SERVED = Mi Points non è ancora disponibile in questo mercato ({ $market }).
error-UNDER_AGE = Puoi iscriverti a Mi Points a partire da { $minimum_age } anni.
error-ACCOUNT_SUSPENDED = Il tuo account Mi Points è sospeso. Contatta il nostro servizio clienti.
error-ACCOUNT_CLOSED = Questo account Mi Points è chiuso.
error-TERMS_NOT_ACCEPTED = Accetta le condizioni attuali di Mi Points (versione { $terms_version }).
error-INSUFFICIENT_POINTS =
    Non hai abbastanza punti: ne servono { $required }, ne hai { $available } e te ne { $missing ->
        [one] manca
       *[other] mancano
    } { $missing }.
error-BELOW_MINIMUM = Per usare i punti in un ordine, il saldo minimo è { $minimum }; il tuo è { $posted }.
error-LIMIT_REACHED =
    { $limit ->
        [one] Questo è possibile solo una volta
       *[other] Questo è possibile solo { $limit } volte
    }{ reopens }
error-OUT_OF_STOCK = Questa offerta è esaurita.
error-OFFER_NOT_OPEN = Questa offerta non è aperta in questo momento.
error-OFFER_SUSPENDED = Questa offerta è sospesa in questo momento.
error-NO_ELIGIBLE_LINES = Nessun prodotto di questo ordine soddisfa i requisiti.
error-ABOVE_MAXIMUM_SHARE = Troppi punti per questo ordine: il massimo è { $maximum }.
error-COUPON_NOT_FOUND = Non troviamo questo buono sconto. Controlla il codice.
error-COUPON_NOT_USABLE = Questo buono sconto è già stato usato o non è utilizzabile ora.
error-COUPON_EXPIRED = Questo buono sconto è scaduto.
error-BELOW_MINIMUM_ORDER = Questo buono sconto richiede un ordine di almeno { $minimum } in prodotti che soddisfano i requisiti.
error-RESERVATION_NOT_HELD = Questi punti non sono più riservati.
error-CAPTURE_SHORTFALL = Punti riservati che non sono più disponibili: { $missing }.
error-IDEMPOTENCY_KEY_REUSED = Questa chiave di idempotenza è già stata usata per un’altra richiesta.
error-CURRENCY_NOT_OF_MARKET = In questo mercato si usa { $expected }, non { $given }.
error-UNKNOWN_ACTIVITY = In questo mercato non c’è un’attività { $code } in quel momento.
error-PERSON_ALREADY_ENROLLED = Questa persona partecipa già a Mi Points con un altro Account Mi.
error-FORFEIT_MISMATCH = Chiudendo l’account perdi { points }. Conferma esattamente questo numero.
error-TAP_TOO_OLD = Un tocco di Fuel si può registrare fino a { $hours } h dopo.
error-PRICE_CHANGED = Il prezzo in punti ora è { $price }, non { $expected }.
error-CAMPAIGN_EXISTS = Esiste già una campagna chiamata { $slug }.
error-ALREADY_DECIDED =
    { $decision ->
        [APPROVED] È già stato approvato.
        [REJECTED] È già stato rifiutato.
       *[other] È già stato deciso.
    }
error-RETURN_EXCEEDS_ORDER = Il reso contiene più di ciò che resta dell’ordine.
error-NEEDS_APPROVAL = Una rettifica oltre il limite in punti ({ $limit }) richiede l’approvazione di un’altra persona del team.
error-NOT_FOUND =
    { $what ->
        [MEMBER] Non troviamo questo membro.
        [OFFER] Non troviamo questa offerta.
        [COUPON] Non troviamo questo buono sconto.
        [ACTIVITY] Non troviamo questa attività.
        [ORDER] Non troviamo questo ordine.
        [REVIEW] Non troviamo questa recensione.
        [SHARE] Non troviamo questo post.
        [RESERVATION] Non troviamo questa prenotazione di punti.
        [CAMPAIGN] Non troviamo questa campagna.
       *[other] Non troviamo ciò che cerchi.
    }
error-CONDITION_INVALID =
    La condizione non è valida: { $problem ->
        [TOO_LONG] ha più di 2000 caratteri.
        [TOO_DEEP] ha troppi livelli.
        [TOO_COSTLY] richiede troppo tempo per essere valutata.
        [NOT_BOOL] deve essere vera o falsa.
        [NOT_A_TEXT] non è un testo.
       *[other] «{ $problem }».
    }
error-INVALID_INPUT =
    { $problem ->
        [EMPTY] Questo valore non può essere vuoto.
        [TOO_LONG] Questo valore è troppo lungo{ at-most }.
        [TOO_SHORT] Questo valore è troppo corto{ at-least }.
        [CONTROL_CHARACTERS] Questo valore contiene caratteri non ammessi.
        [OUT_OF_RANGE] Questo valore è fuori dai limiti{ bounds }.
        [TOO_MANY_DECIMALS] Questo importo ha troppi decimali.
        [NOT_MONEY] Questo non è un importo.
        [IN_FUTURE] Questa data è nel futuro.
        [IN_PAST] Questa data è nel passato.
        [TOO_EARLY] È troppo presto.
        [DUPLICATE_LINE] Due righe dell’ordine non si distinguono; dai a ciascuna il proprio lineId.
        [MALFORMED_URL] Questo non è un indirizzo web completo.
        [MALFORMED_NETWORK] La rete deve essere una sola parola in minuscolo.
        [MALFORMED] Questo valore non ha la forma prevista.
        [UNKNOWN_ID] Nulla ha questo identificativo.
        [OTHER_POINTS] Questi punti non sono quelli che l’ordine indica o riserva.
        [ALREADY_RECORDED] Questo ordine è già registrato o pagato con punti.
        [OTHER_MEMBER] Appartiene a un altro membro.
        [OTHER_MARKET] Questo account appartiene a un altro mercato.
        [ONE_OF] Indica esattamente uno di questi valori.
        [TOO_MANY] Gli elementi sono troppi{ at-most }.
        [NOT_A_POST] Si può ripristinare solo una recensione o un post condiviso.
        [EXCEEDS_ORDER] È più dell’importo dell’ordine.
        [CLOCK_BACK] L’orologio non torna mai indietro.
        [TWICE] Qui compare due volte la stessa cosa.
        [NOT_OF_TRIGGER] Questo non va con ciò che la campagna premia.
        [NO_TRIGGER] Una campagna non può premiare questo.
        [DOCUMENT] Il documento non è corretto{ at-place }.
       *[other] Questo valore non è valido.
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
       *[other] { " " }(al massimo { $maximum })
    }
at-least =
    { $minimum ->
        [none] { "" }
       *[other] { " " }(almeno { $minimum })
    }
bounds =
    { $minimum ->
        [none] { at-most }
       *[other] { $maximum ->
            [none] { at-least }
           *[other] { " " }(da { $minimum } a { $maximum })
        }
    }
